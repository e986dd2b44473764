"""The kit knows HTTP, SQL, Redis and time. It never says what the product is about."""
