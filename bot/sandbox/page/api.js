// Requests to the sandbox. A refusal becomes an Error whose message is a sentence to show.

async function read(response) {
  const body = await response.json();
  if (!response.ok) throw new Error(body.description || `The sandbox answered ${response.status}.`);
  return body;
}

export async function loadChats() {
  return read(await fetch("/sandbox/chats"));
}

export async function act(name, details) {
  const body = await read(await fetch("/sandbox/act", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ act: name, ...details }),
  }));
  return body.result;
}
