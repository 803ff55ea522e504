"""Any life of four chats that come, go, move and fall silent while messages are on their way to them."""
