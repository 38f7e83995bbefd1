"""The status of the site: panels that apps register for its operators, each read without a scan of a table."""
