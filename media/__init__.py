"""Files: pictures, videos, sounds and texts that generators made, where they lie, and what is written in them."""
