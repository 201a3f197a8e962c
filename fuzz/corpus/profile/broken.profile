name = broken
kind = maybe
[columns
id = = =
