"""Tables to conversations and CRM records: text tables, workbooks and JSON objects, by what their columns mean."""
