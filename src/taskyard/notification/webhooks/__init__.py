"""How changes leave for webhooks: what a message says, its signature, one attempt, and the loop that makes them."""
