"""What the plan is made of beside `pipelines.plan`: our own pages, briefs, how far a cell is, and whether it helped."""
