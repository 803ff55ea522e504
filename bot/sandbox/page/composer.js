// The line one writes in: grows with the text, Enter sends, "/" suggests the bot's commands.

import { element } from "./formatting.js";

const form = document.getElementById("composer");
const field = document.getElementById("text");
const list = document.getElementById("suggestions");
const writeAs = document.getElementById("write-as");

let suggested = [];
let chosen = -1;

export function role() {
  return writeAs.querySelector("input:checked").value;
}

export function showFor(chat) {
  writeAs.hidden = !chat || chat.type === "private";
  form.hidden = !chat;
  if (chat) suggest([]);
}

export function focus() {
  if (matchMedia("(pointer: fine)").matches) field.focus();
}

// commandsNow() → the commands of whoever writes; onSend(text) → a promise: the text stays until it is kept
export function listen({ commandsNow, onSend }) {
  field.addEventListener("input", () => {
    grow();
    suggest(matching(field.value, commandsNow()));
  });
  field.addEventListener("keydown", (event) => onKey(event));
  field.addEventListener("blur", () => setTimeout(() => suggest([]), 150));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const text = field.value.trim();
    if (!text) return;
    suggest([]);
    if (await onSend(text)) {
      field.value = "";
      grow();
    }
    field.focus();
  });
}

function matching(text, commands) {
  const match = /^\/([a-z0-9_]*)$/i.exec(text);
  return match ? commands.filter((each) => each.command.startsWith(match[1].toLowerCase())) : [];
}

function onKey(event) {
  if (suggested.length && ["ArrowDown", "ArrowUp"].includes(event.key)) {
    event.preventDefault();
    const step = event.key === "ArrowDown" ? 1 : -1;
    mark((chosen + step + suggested.length) % suggested.length);
  } else if (suggested.length && (event.key === "Tab" || event.key === "Enter") && chosen >= 0) {
    event.preventDefault();
    take(suggested[chosen]);
  } else if (event.key === "Escape") {
    suggest([]);
  } else if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    form.requestSubmit();
  }
}

function suggest(commands) {
  suggested = commands;
  list.hidden = commands.length === 0;
  field.setAttribute("aria-expanded", String(!list.hidden));
  list.replaceChildren(...commands.map(option));
  mark(-1);
}

function option(command, index) {
  const item = element("li");
  item.id = `suggestion-${index}`;
  item.setAttribute("role", "option");
  item.append(element("b", "", `/${command.command}`), element("span", "", command.description));
  item.addEventListener("mousedown", (event) => {
    event.preventDefault();
    take(command);
  });
  return item;
}

function mark(index) {
  chosen = index;
  [...list.children].forEach((item, at) => item.setAttribute("aria-selected", String(at === index)));
  if (index < 0) return field.removeAttribute("aria-activedescendant");
  field.setAttribute("aria-activedescendant", `suggestion-${index}`);
  list.children[index].scrollIntoView({ block: "nearest" });
}

function take(command) {
  field.value = `/${command.command}`;
  suggest([]);
  grow();
  field.focus();
}

function grow() {
  field.style.height = "auto";
  const borders = field.offsetHeight - field.clientHeight;
  field.style.height = `${Math.min(field.scrollHeight + borders, 160)}px`;
}
