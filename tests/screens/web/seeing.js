/* What the page shows, for who tests it: widgets by the PVs that they show and write.

cs-web-lib leaves no PV name in the page. React keeps with each element what it was drawn from: `pvData` (the PVs of a
widget with their values) and `actions`, macros replaced. */
import { store } from "@diamondlightsource/cs-web-lib";

const DRAWN = "button, input, textarea, [role=combobox], [role=option], .MuiTypography-root, [role=progressbar]";

/* What can be seen of this PV, or everything: {pvs, writes, sends, opens, text, tag, enabled, x, y, covered}; x and y are
its centre, pvs are those that it shows, writes, or that its rules depend on. */
export function seen(pv = "") {
  const drawn = [...document.querySelectorAll(DRAWN)].map((element) => [element, meantBy(element)]);
  return drawn
    .filter(([element, { pvs }]) => (!pv || pvs.includes(pv)) && isSeen(element))
    .map(([element, meant]) => ({ ...meant, ...looksOf(element) }));
}

/* The PVs of the page, and whether each has come. */
export function pvs() {
  const { subscriptions, valueCache } = store().getState();
  const asked = Object.keys(subscriptions).filter((pv) => subscriptions[pv].length > 0);
  return asked.map((pv) => [bare(pv), Boolean(valueCache[pv]?.connected && valueCache[pv].value)]);
}

/* The curve of this PV in a plot: [x, y] of its points, as one reads them off the numbers at the axes. */
export function curve(pv) {
  const drawn = document.querySelector(`[data-curve="ca://${pv}"]`);
  if (drawn === null) return [];
  const axis = (name) => [...drawn.ownerSVGElement.querySelectorAll(`[data-numbers="${name}"] text`)];
  const [xs, ys] = [axis("x"), axis(drawn.dataset.axis)];
  const points = [...drawn.querySelectorAll("[transform]")].map((point) => point.transform.baseVal[0].matrix);
  return points.map(({ e, f }) => [readOff(xs, "x", e), readOff(ys, "y", f)]);
}

function readOff(numbers, side, place) {
  const ends = [numbers.at(0), numbers.at(-1)];
  const [from, to] = ends.map((text) => text[side].baseVal[0].value);
  const [low, high] = ends.map((text) => Number(text.textContent));
  return low + ((place - from) / (to - from)) * (high - low);
}

function isSeen(element) {
  return element.ariaHidden !== "true" && element.checkVisibility({ visibilityProperty: true, opacityProperty: true });
}

function meantBy(element) {
  const { pvData = [], rules = [], actions } = propsOf(element);
  const [action] = actions?.actions ?? [];
  const writes = action?.writePvInfo?.pvName ?? "";
  return {
    pvs: [...pvData.map((pv) => pv.effectivePvName), ...rules.flatMap(pvsOf), writes].filter(Boolean).map(bare),
    writes: bare(writes),
    sends: action?.writePvInfo?.value ?? "",
    opens: action?.dynamicInfo?.file.path.split("/").pop() ?? "",
  };
}

function looksOf(element) {
  const { left, top, width, height } = element.getBoundingClientRect();
  const [x, y] = [left + width / 2, top + height / 2];
  return {
    text: element.matches("input, textarea") ? element.value : element.innerText,
    tag: element.role ?? element.tagName.toLowerCase(),
    enabled: !element.disabled && element.ariaDisabled !== "true",
    x,
    y,
    covered: !isOnTop(element, x, y),
  };
}

function isOnTop(element, x, y) {
  const there = document.elementFromPoint(x, y);
  return there !== null && (element.contains(there) || there.contains(element));
}

function propsOf(element) {
  const key = Object.keys(element).find((each) => each.startsWith("__reactFiber$"));
  for (let fiber = element[key]; fiber; fiber = fiber.return) {
    if (fiber.memoizedProps?.pvData !== undefined) return fiber.memoizedProps;
  }
  return {};
}

function pvsOf(rule) {
  return rule.pvs.map((pv) => pv.pvName.qualifiedName());
}

function bare(pv) {
  return pv.replace(/^ca:\/\//, "");
}
