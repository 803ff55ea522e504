// The open chat: its messages in order, kept at the bottom while one reads there.

import { bubble, day } from "./bubbles.js";
import { element } from "./formatting.js";

const pane = document.getElementById("scroll");
const list = document.getElementById("messages");
const newest = document.getElementById("newest");

newest.addEventListener("click", toBottom);
pane.addEventListener("scroll", () => { newest.hidden = atBottom(); });

export function show(chat, contextOf) {
  list.replaceChildren(...(chat?.messages ?? []).map((message) => bubble(message, contextOf(message))));
  separateDays();
  if (chat && chat.messages.length === 0) {
    list.append(element("li", "hint", "Nothing here yet. Write /start to begin."));
  }
  toBottom();
}

export function add(message, context) {
  const follow = atBottom() || message.from.id !== context.botId;
  list.querySelector(".hint")?.remove();
  const item = bubble(message, context);
  item.classList.add("fresh");
  list.append(item);
  separateDays();
  if (follow) toBottom();
  else newest.hidden = false;
}

export function replace(message, context) {
  const old = find(message.message_id);
  if (!old) return;
  const follow = atBottom();
  const focused = [...old.querySelectorAll("button")].indexOf(document.activeElement);
  const item = bubble(message, context);
  old.replaceWith(item);
  if (focused >= 0) item.querySelectorAll("button")[focused]?.focus();
  if (follow) toBottom();
}

export function remove(messageId) {
  find(messageId)?.remove();
  separateDays();
}

export function releaseKeys() {
  for (const key of list.querySelectorAll("[aria-busy]")) key.removeAttribute("aria-busy");
}

function find(messageId) {
  return list.querySelector(`[data-message-id="${messageId}"]`);
}

function separateDays() {
  for (const line of list.querySelectorAll(".day")) line.remove();
  let current = "";
  for (const item of [...list.querySelectorAll("[data-date]")]) {
    const name = day(Number(item.dataset.date));
    if (name !== current) item.before(element("li", "day", name));
    current = name;
  }
}

function atBottom() {
  return pane.scrollHeight - pane.scrollTop - pane.clientHeight < 60;
}

function toBottom() {
  pane.scrollTop = pane.scrollHeight;
  newest.hidden = true;
}

// pictures and fonts may still change the height of what was just shown
new ResizeObserver(() => { if (newest.hidden) toBottom(); }).observe(list);
