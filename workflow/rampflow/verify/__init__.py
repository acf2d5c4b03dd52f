"""Comparing two results: inputs first, then cell by cell, then the board, then the ranks."""
