"""The sentences of the chapters: objects of phrases, each with the function that makes it."""
