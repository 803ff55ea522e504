"""Any life of three chats, and what holds in all of them."""
