"""The import workbook."""
