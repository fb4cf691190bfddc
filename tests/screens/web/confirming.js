/* The question that Phoebus asks before a button with <show_confirm_dialog> acts; cs-web-lib asks none.

A button is recognised by its place in its display and its text, which is all that cs-web-lib leaves in the page. */

const questions = new Map();
let confirmed = null;

/* Note the buttons of a .bob file that ask. */
export function remember(screen) {
  for (const widget of screen.querySelectorAll("widget[type=action_button]")) {
    const property = (name, otherwise) => widget.querySelector(`:scope > ${name}`)?.textContent ?? otherwise;
    if (property("show_confirm_dialog") !== "true") continue;
    const place = [property("x", "0"), property("y", "0"), property("width", "100"), property("height", "30")];
    questions.set(`${place} ${property("text", "")}`, property("confirm_message", "Are your sure you want to do this?"));
  }
}

/* Catch clicks on those buttons before cs-web-lib sees them. */
export function askFirst() {
  document.addEventListener("click", catchClick, { capture: true });
}

function catchClick(event) {
  const button = event.target.closest("button");
  const question = button && questions.get(keyOf(button));
  if (question === undefined || button === confirmed) return;
  event.stopImmediatePropagation();
  event.preventDefault();
  ask(question, () => {
    confirmed = button;
    button.click();
    confirmed = null;
  });
}

function keyOf(button) {
  const { style } = button.parentElement;
  return `${[style.left, style.top, style.width, style.height].map(parseFloat)} ${button.textContent}`;
}

function ask(question, act) {
  const dialog = document.createElement("dialog");
  const text = dialog.appendChild(document.createElement("div"));
  text.textContent = question;
  const form = dialog.appendChild(document.createElement("form"));
  form.method = "dialog";
  for (const answer of ["OK", "Cancel"]) {
    const button = form.appendChild(document.createElement("button"));
    button.value = button.textContent = answer;
  }
  dialog.addEventListener("close", () => {
    dialog.remove();
    if (dialog.returnValue === "OK") act();
  });
  document.body.append(dialog);
  dialog.showModal();
}
