// One message as a list item: text, picture, keyboard, time.

import { element, formatted, isWeb, link } from "./formatting.js";

const CHAT_EVENTS = [
  ["new_chat_members", (m) => `${m.new_chat_members.map((each) => each.first_name).join(", ")} joined`],
  ["migrate_to_chat_id", () => "This group became a supergroup"],
  ["migrate_from_chat_id", () => "The group continues here as a supergroup"],
  ["forum_topic_created", (m) => `Topic “${m.forum_topic_created.name}”`],
];

export function clock(unix) {
  return new Date(unix * 1000).toISOString().slice(11, 16);
}

export function day(unix) {
  const options = { weekday: "short", day: "numeric", month: "long", year: "numeric", timeZone: "UTC" };
  return new Date(unix * 1000).toLocaleDateString("en-GB", options);
}

export function excerpt(message) {
  if (!message) return "";
  const event = CHAT_EVENTS.find(([name]) => name in message);
  if (event) return event[1](message);
  const words = message.text || message.caption || "";
  return (message.photo ? `Picture · ${words}` : words).replace(/\s+/g, " ").slice(0, 120).trim();
}

// context: {botId, inGroup, reaction, onPress(button, node), onCommand(text)}
export function bubble(message, context) {
  const item = element("li", `message ${message.from.id === context.botId ? "from-bot" : "from-person"}`);
  item.dataset.messageId = message.message_id;
  item.dataset.date = message.date;
  const event = CHAT_EVENTS.find(([name]) => name in message);
  if (event) {
    item.classList.add("event");
    item.append(element("p", "", event[1](message)));
    return item;
  }
  item.append(body(message, context));
  if (message.reply_markup) item.append(keyboard(message.reply_markup.inline_keyboard, context));
  return item;
}

function body(message, context) {
  const box = element("div", "bubble");
  const author = message.sender_chat ? `${message.sender_chat.title} (anonymous admin)` : message.from.first_name;
  box.append(element("p", context.inGroup ? "author" : "author unseen", author));
  if (message.reply_to_message) box.append(element("p", "reply", excerpt(message.reply_to_message)));
  const words = message.text ?? message.caption;
  const above = message.show_caption_above_media;
  if (message.photo && !above) box.append(picture(message));
  if (words) {
    const text = element("div", "words");
    text.append(formatted(words, message.entities ?? message.caption_entities, context.onCommand));
    box.append(text);
  }
  if (message.photo && above) box.append(picture(message));
  box.append(foot(message, context.reaction));
  return box;
}

function foot(message, reaction) {
  const line = element("p", "foot");
  for (const each of reaction ?? []) {
    const sign = element("span", "reaction", each.emoji);
    sign.title = "INTERN's reaction";
    line.append(sign);
  }
  if (message.edit_date) line.append(element("span", "edited", "edited"));
  const time = element("time", "", clock(message.date));
  time.dateTime = new Date(message.date * 1000).toISOString();
  time.title = `${day(message.date)}, ${time.textContent} UTC`;
  line.append(time);
  return line;
}

function picture(message) {
  const size = message.photo[message.photo.length - 1];
  const image = element("img", "picture");
  image.src = `/sandbox/pictures/${encodeURIComponent(size.file_unique_id)}`;
  image.width = size.width;
  image.height = size.height;
  image.alt = message.caption ? "Picture to the text beside it" : "Picture";
  image.loading = "lazy";
  return image;
}

function keyboard(rows, context) {
  const board = element("div", "keyboard");
  for (const row of rows) {
    const line = element("div", "row");
    line.append(...row.map((button) => key(button, context)));
    board.append(line);
  }
  return board;
}

function key(button, context) {
  if (button.url && isWeb(button.url)) {
    const away = link(button.url, `${button.text} ↗`);
    away.className = "key";
    return away;
  }
  const node = element("button", `key ${button.style ?? ""}`.trim(), button.text);
  node.type = "button";
  node.disabled = "disabled" in button;
  node.addEventListener("click", () => context.onPress(button, node));
  return node;
}
