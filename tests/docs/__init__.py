"""The documents say what is true: their code runs, their links lead somewhere, and the Chinese
ones say what the English ones say."""
