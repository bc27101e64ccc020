"""What sandbox, command line and demo share. Pure: the standard library, and facts about Xiaomi."""
