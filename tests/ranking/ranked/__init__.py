"""An app of the tests alone: ranked items, so that rankings are tested without the site's own models."""
