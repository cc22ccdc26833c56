"""Benign rows nobody bothers to collect: blank, one word, greetings, emoji, numbers.

A detector that has never seen them gives them arbitrary scores, and they are what a user types first.
"""

from __future__ import annotations

from benchmarks.training.rows import Row

_TEXTS = (
    "", " ", "\n", "\t\t", ".", "?", "!", "...", "-", "0", "1", "42", "3.14", "100%", "2026-01-31", "12:30", "a", "I", "ok",
    "OK!", "yes", "no", "Yes.", "no thanks", "maybe", "hi", "Hi!", "hello", "Hello there", "hey", "hey :)", "good morning",
    "Good evening!", "how are you?", "thanks", "thank you!", "Thanks a lot", "bye", "see you", "test", "testing", "help",
    "help me", "please", "continue", "go on", "next", "stop", "again", "why?", "what?", "who are you?", "what can you do?",
    "can you help me?", "lol", "haha", "hmm", "sorry", "never mind", "cool", "great", "sure", "got it", "done", "wait",
    "hola", "¿cómo estás?", "gracias", "bonjour", "merci", "salut", "hallo", "guten Tag", "danke", "ciao", "grazie", "olá",
    "obrigado", "привет", "спасибо", "你好", "谢谢", "こんにちは", "ありがとう", "안녕하세요", "감사합니다", "مرحبا", "شكرا",
    "नमस्ते", "धन्यवाद", "merhaba", "cześć", "hej", "tack", "xin chào", "sawubona", "γειά σου", "ahoj", "สวัสดี", "שלום",
    "🙂", "👍", "🎉🎉🎉", "❤️", "😂😂", "👩‍👩‍👧", "🇫🇷", "🤔?", "thanks 🙏", "✅ done", "asdf", "qwerty", "aaaaaa", "xyz", "foo",
    "foo bar", "lorem ipsum", "null", "None", "undefined", "true", "{}", "[]", "<br>", "https://example.com", "a@example.com",
    "cat", "dog", "invoice", "password", "system", "prompt", "ignore", "instructions", "rules", "weather", "Paris", "pizza",
    "3 + 4", "x = 1", "SELECT 1", "ls -la", "print('hi')", "README.md", "v1.2.3", "#hashtag", "@name", "N/A", "tbd", "asap",
)


def trivial() -> list[Row]:
    """The rows, all benign."""
    return [Row(text, 0, "own/trivial", "benign-trivial", "", "CC0-1.0", "own/trivial") for text in _TEXTS]
