"""An accord on paper: one document for lawyers, in both languages, with what differs marked."""
