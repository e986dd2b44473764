-- From where a device signed in: who signs in again from there on the same day without its secret, as programs do, is
-- no news.

ALTER TABLE auth.known_devices ADD COLUMN address inet, ADD COLUMN user_agent text;
