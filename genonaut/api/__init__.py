"""What the domains' API modules share: view sets, errors, renderers, parsers, schema."""
