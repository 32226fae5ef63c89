"""Bulk import: files of appeals (NDJSON, CSV, XLSX) become jobs, whose rows are registered as if each had been posted.

A file is read in a process of its own (`reading`), kept as batches of rows (`reception`, `store`), and registered
batch by batch (`importer`); each batch, its registrations and the job's progress are one transaction.
"""
