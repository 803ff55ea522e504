// A message's text and entities as DOM nodes. Offsets are UTF-16 units, which is what JavaScript strings count.
// Foreign text only ever becomes text nodes.

const PLAIN = {
  bold: "strong", italic: "em", underline: "u", strikethrough: "s", code: "code", pre: "pre",
  blockquote: "blockquote",
};
const BLOCKS = new Set(["pre", "blockquote", "expandable_blockquote"]);
const LONG_QUOTE = 180;

export function element(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

export function link(url, text) {
  const node = element("a", "", text);
  node.href = url;
  node.target = "_blank";
  node.rel = "noopener noreferrer";
  return node;
}

export function isWeb(url) {
  return /^https?:\/\//i.test(url);
}

// onCommand(text) is called when a /command in the text is chosen.
export function formatted(text, entities = [], onCommand = () => {}) {
  const fragment = document.createDocumentFragment();
  fill(fragment, text, 0, text.length, sorted(entities), onCommand);
  return fragment;
}

function sorted(entities) {
  return [...entities].sort((a, b) => a.offset - b.offset || b.length - a.length);
}

function fill(parent, text, start, end, entities, onCommand) {
  let at = start;
  let rest = entities;
  while (rest.length) {
    const entity = rest[0];
    const stop = entity.offset + entity.length;
    const [inside, after] = divide(rest.slice(1), stop);
    parent.append(text.slice(at, entity.offset));
    const node = create(entity, text.slice(entity.offset, stop), onCommand);
    fill(node, text, entity.offset, stop, inside, onCommand);
    parent.append(wrapped(entity, node));
    // a block ends its own line: the line break after it would show as an empty line
    at = BLOCKS.has(entity.type) && text[stop] === "\n" && stop < end ? stop + 1 : stop;
    rest = after;
  }
  if (at < end) parent.append(text.slice(at, end));
}

// Entities within [.., stop) and those after it; one that crosses the border is cut in two.
function divide(entities, stop) {
  const inside = [];
  const after = [];
  for (const entity of entities) {
    const end = entity.offset + entity.length;
    if (entity.offset >= stop) after.push(entity);
    else if (end <= stop) inside.push(entity);
    else {
      inside.push({ ...entity, length: stop - entity.offset });
      after.push({ ...entity, offset: stop, length: end - stop });
    }
  }
  return [inside, sorted(after)];
}

function create(entity, text, onCommand) {
  if (PLAIN[entity.type]) return element(PLAIN[entity.type]);
  switch (entity.type) {
    case "expandable_blockquote": return element("blockquote", "expandable");
    case "text_link": return isWeb(entity.url) ? link(entity.url) : element("span", "accent");
    case "url": return link(isWeb(text) ? text : `https://${text}`);
    case "spoiler": return spoiler();
    case "bot_command": return command(text, onCommand);
    case "date_time": return moment(entity.unix_time);
    default: return element("span", "accent");
  }
}

function command(text, onCommand) {
  const node = element("button", "command");
  node.type = "button";
  node.addEventListener("click", () => onCommand(text));
  return node;
}

function moment(unix) {
  const node = element("time");
  const iso = new Date(unix * 1000).toISOString();
  node.dateTime = iso;
  node.title = `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`;
  return node;
}

function spoiler() {
  const node = element("span", "spoiler");
  node.tabIndex = 0;
  node.setAttribute("role", "button");
  node.setAttribute("aria-label", "Hidden text, press to show");
  const show = () => {
    node.classList.add("shown");
    for (const name of ["tabindex", "role", "aria-label"]) node.removeAttribute(name);
  };
  node.addEventListener("click", show);
  node.addEventListener("keydown", (event) => { if (event.key === "Enter" || event.key === " ") show(); });
  return node;
}

function wrapped(entity, node) {
  if (entity.type !== "expandable_blockquote" || node.textContent.length < LONG_QUOTE) return node;
  const frame = element("div", "folded");
  const more = element("button", "more", "Show more");
  more.type = "button";
  more.setAttribute("aria-expanded", "false");
  more.addEventListener("click", () => {
    const open = frame.classList.toggle("folded") === false;
    more.textContent = open ? "Show less" : "Show more";
    more.setAttribute("aria-expanded", String(open));
  });
  frame.append(node, more);
  return frame;
}
