"""The commands, grouped as a person meets them: work (get data in), results, catalogue, stateless tools."""
