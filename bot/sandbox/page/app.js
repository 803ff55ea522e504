// The chat page: loads the chats, follows the live stream, lets people write and press.

import { act, loadChats } from "./api.js";
import { clock, excerpt } from "./bubbles.js";
import * as composer from "./composer.js";
import * as conversation from "./conversation.js";
import { element } from "./formatting.js";

const at = (id) => document.getElementById(id);
const state = { bot: null, chats: new Map(), openId: null, unread: new Map() };
let loading = false;
let waiting = []; // events that came while the chats were being loaded
let typingTimer = 0;
let toastTimer = 0;

// --- the world ------------------------------------------------------------------------------------------------

async function load() {
  if (loading) return;
  loading = true;
  try {
    const world = await loadChats();
    const known = state.bot !== null;
    for (const chat of world.chats) countMissed(chat, known);
    state.bot = world.bot;
    state.chats = new Map(world.chats.map((chat) => [chat.id, chat]));
    at("no-chats").hidden = world.chats.length > 0;
    openFromAddress(true);
  } catch (error) {
    toast(error.message);
  } finally {
    loading = false;
    const missed = waiting;
    waiting = [];
    missed.forEach(apply);
  }
}

function countMissed(chat, known) {
  const last = state.chats.get(chat.id)?.messages.at(-1)?.message_id ?? (known ? 0 : Infinity);
  const missed = chat.messages.filter((each) => each.message_id > last && each.from.id === state.bot?.id).length;
  if (missed && !isRead(chat.id)) state.unread.set(chat.id, (state.unread.get(chat.id) ?? 0) + missed);
}

function follow() {
  const stream = new EventSource("/sandbox/events");
  stream.onopen = () => {
    at("offline").hidden = true;
    load();
  };
  stream.onerror = () => { at("offline").hidden = false; };
  stream.onmessage = (event) => (loading ? waiting.push(JSON.parse(event.data)) : apply(JSON.parse(event.data)));
}

const EVENTS = { message: arrived, edited, deleted, reaction, answer, action, chats: () => load() };

function apply(event) {
  const chat = state.chats.get(event.chat_id);
  if (event.kind === "chats" || chat) EVENTS[event.kind]?.(event, chat);
  else load(); // a chat that is new to this page
}

function arrived({ message }, chat) {
  if (chat.messages.some((each) => each.message_id === message.message_id)) return;
  chat.messages.push(message);
  const fromBot = message.from.id === state.bot.id;
  if (fromBot && !isRead(chat.id)) state.unread.set(chat.id, (state.unread.get(chat.id) ?? 0) + 1);
  if (isOpen(chat.id)) {
    conversation.add(message, contextOf(message));
    if (fromBot) showSubtitle(chat);
  }
  listChats();
}

function edited({ message }, chat) {
  chat.messages = chat.messages.map((each) => (each.message_id === message.message_id ? message : each));
  if (isOpen(chat.id)) conversation.replace(message, contextOf(message));
  listChats();
}

function deleted({ message_id: id }, chat) {
  chat.messages = chat.messages.filter((each) => each.message_id !== id);
  if (isOpen(chat.id)) conversation.remove(id);
  listChats();
}

function reaction({ message_id: id, reaction: signs }, chat) {
  chat.reactions[id] = signs;
  const message = chat.messages.find((each) => each.message_id === id);
  if (message && isOpen(chat.id)) conversation.replace(message, contextOf(message));
}

function answer({ text, show_alert: alert }, chat) {
  if (!isOpen(chat.id)) return;
  conversation.releaseKeys();
  if (!text) return;
  if (!alert) return toast(text);
  at("alert-text").textContent = text;
  at("alert").showModal();
}

function action(_event, chat) {
  if (!isOpen(chat.id)) return;
  at("subtitle").textContent = `${state.bot.first_name} is typing…`;
  clearTimeout(typingTimer);
  typingTimer = setTimeout(() => showSubtitle(chat), 5000);
}

// --- what is shown --------------------------------------------------------------------------------------------

const isOpen = (id) => id === state.openId;
const isRead = (id) => isOpen(id) && document.visibilityState === "visible";

function openFromAddress(reloaded = false) {
  const wanted = Number(location.hash.slice(1));
  const first = state.chats.keys().next().value;
  const fallback = matchMedia("(min-width: 700px)").matches ? first : undefined;
  const next = state.chats.has(wanted) && location.hash.length > 1 ? wanted : fallback;
  document.body.dataset.view = next === undefined ? "list" : "chat";
  if (next !== state.openId || reloaded) open(next ?? null);
}

function open(id) {
  state.openId = id;
  const chat = state.chats.get(id);
  state.unread.delete(id);
  at("title").textContent = chat ? titleOf(chat) : "Choose a chat";
  showSubtitle(chat);
  composer.showFor(chat);
  conversation.show(chat, contextOf);
  listChats();
  if (chat && !document.activeElement?.closest("nav")) composer.focus();
}

function showSubtitle(chat) {
  clearTimeout(typingTimer);
  at("subtitle").textContent = chat ? describe(chat) : "";
}

// a private chat is called after whom one talks to
function titleOf(chat) {
  return chat.type === "private" ? state.bot.first_name : chat.title;
}

function describe(chat) {
  if (chat.migrated_to) return "closed: became a supergroup";
  const name = state.bot.first_name;
  if (chat.type === "private") return `private · ${chat.bot_status === "kicked" ? "blocked by" : "writing as"} ${chat.title}`;
  if (["left", "kicked"].includes(chat.bot_status)) return `${name} is not in this group`;
  const count = chat.people.filter((each) => each.present).length + 1;
  return `${chat.type} · ${count} members${chat.bot_status === "administrator" ? ` · ${name} is admin` : ""}`;
}

function listChats() {
  const focused = document.activeElement?.closest?.("[data-chat-id]")?.dataset.chatId;
  at("chats").replaceChildren(...[...state.chats.values()].map(entry));
  if (focused) at("chats").querySelector(`[data-chat-id="${focused}"]`)?.focus();
  const total = [...state.unread.values()].reduce((sum, each) => sum + each, 0);
  document.title = `${total ? `(${total}) ` : ""}INTERN · sandbox chat`;
}

function entry(chat) {
  const item = element("li");
  const row = element("a", "chat");
  row.href = `#${chat.id}`;
  row.dataset.chatId = chat.id;
  if (isOpen(chat.id)) row.setAttribute("aria-current", "true");
  const last = chat.messages.at(-1);
  const unread = state.unread.get(chat.id) ?? 0;
  row.append(
    element("span", `face ${chat.type}`, [...titleOf(chat)][0] ?? "?"),
    element("span", "name", titleOf(chat)),
    element("span", "when", last ? clock(last.date) : ""),
    element("span", "last", excerpt(last) || "no messages yet"),
  );
  row.firstChild.setAttribute("aria-hidden", "true");
  if (unread) {
    const badge = element("span", "badge", unread > 99 ? "99+" : String(unread));
    badge.setAttribute("aria-label", `${unread} unread`);
    row.append(badge);
  }
  item.append(row);
  return item;
}

function toast(text) {
  const box = at("toast");
  box.textContent = text;
  box.hidden = false;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => { box.hidden = true; }, 4000);
}

// --- what people do -------------------------------------------------------------------------------------------

function contextOf(message) {
  const chat = state.chats.get(message.chat.id) ?? state.chats.get(state.openId);
  return {
    botId: state.bot.id,
    inGroup: chat.type !== "private",
    reaction: chat.reactions[message.message_id],
    onPress: (button, node) => press(message, button, node),
    onCommand: (text) => say(text),
  };
}

function person() {
  const chat = state.chats.get(state.openId);
  const people = chat?.people.filter((each) => each.present) ?? [];
  if (chat?.type === "private") return people[0];
  return people.find((each) => each.admin === (composer.role() === "admin")) ?? people[0];
}

async function say(text) {
  try {
    await act("user_says", { chat_id: state.openId, user_id: person()?.id ?? 0, text });
    return true;
  } catch (error) {
    toast(error.message);
    return false;
  }
}

async function press(message, button, node) {
  if (button.copy_text) {
    await navigator.clipboard.writeText(button.copy_text.text);
    return toast("Copied");
  }
  if (!button.callback_data) return toast("This button does nothing in the sandbox.");
  node.setAttribute("aria-busy", "true");
  setTimeout(() => node.removeAttribute("aria-busy"), 15000);
  const details = { chat_id: message.chat.id, message_id: message.message_id, data: button.callback_data };
  try {
    await act("user_presses", { ...details, user_id: person()?.id ?? 0 });
  } catch (error) {
    node.removeAttribute("aria-busy");
    toast(error.message);
  }
}

addEventListener("hashchange", () => openFromAddress());
document.addEventListener("visibilitychange", () => {
  if (isRead(state.openId)) {
    state.unread.delete(state.openId);
    listChats();
  }
});
composer.listen({ commandsNow: () => person()?.commands ?? [], onSend: say });
composer.showFor(null);
follow();
