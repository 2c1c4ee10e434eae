"""Migrations: tables change here and nowhere else; functions and policies are applied anew after each upgrade."""
