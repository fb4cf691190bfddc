/* How the page gets .bob files.

Two things that Phoebus does and cs-web-lib does not: macros from outside win over those of the display that is opened,
and a button may ask before it acts. Both are in the file, so both are seen to here. Each file is fetched once; cs-web-lib
asks for one again with every change that it draws. */
import { remember } from "./confirming.js";

const texts = new Map();

export function loadScreens(top) {
  loadScreens.top = top;
  const fetchAnything = window.fetch.bind(window);
  window.fetch = async (url, options) => {
    const path = new URL(url, window.location.href).pathname;
    if (!path.endsWith(".bob")) return fetchAnything(url, options);
    if (!texts.has(path)) texts.set(path, await textOf(await fetchAnything(url, options), path));
    return new Response(prepared(texts.get(path), path));
  };
}

async function textOf(response, path) {
  if (!response.ok) throw new Error(`${path}: ${response.status} ${response.statusText}`);
  const text = await response.text();
  remember(new DOMParser().parseFromString(text, "text/xml"));
  return text;
}

function prepared(text, path) {
  if (path !== loadScreens.top.path) return text;
  const screen = new DOMParser().parseFromString(text, "text/xml");
  for (const macro of screen.querySelectorAll("display > macros > *")) {
    if (macro.tagName in loadScreens.top.macros) macro.remove();
  }
  return new XMLSerializer().serializeToString(screen);
}
