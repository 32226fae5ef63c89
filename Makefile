.DEFAULT_GOAL := help
.PHONY: help install demo up down test check bench fmt lint types imports
.PHONY: test-unit test-integration test-e2e test-deploy model pictures schemas migrate lock

BIN := .venv/bin

help:  ## This list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## /{printf "  %-18s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

install:  ## Put everything into .venv, from the hashed lock
	@sh deploy/install.sh

demo: install  ## Watch a year's appeals find their way, on a broker and services of its own
	@$(BIN)/joldau demo

up: install  ## Start everything on this machine and leave it running
	@$(BIN)/joldau up

down: install  ## Stop what `make up` started and leave nothing behind
	@$(BIN)/joldau down

test: check  ## The checks, then every test, on a real broker and both databases
	@$(BIN)/pytest -m "not deploy" --numprocesses 2 --dist loadfile --no-loadscope-reorder

check: lint types imports  ## Format, lint, types and import rules

bench: install  ## Measure throughput and latency beside a bare floor
	@$(BIN)/joldau bench

fmt: install  ## Format the code and mend what lint can mend
	@$(BIN)/ruff check --fix --quiet . || true
	@$(BIN)/ruff format .

lint: install  ## ruff, on form and on faults
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .

types: install  ## mypy, strict
	@$(BIN)/mypy

imports: install  ## import-linter, on the layers
	@$(BIN)/lint-imports

test-unit: install  ## Tests without I/O, in seconds
	@$(BIN)/pytest tests/unit tests/contracts

test-integration: install  ## Tests on a real broker and both databases
	@$(BIN)/pytest tests/integration

test-e2e: install  ## Whole processes, one story each
	@$(BIN)/pytest tests/e2e

test-deploy: install  ## The images and docker-compose.yml, run for real (needs root)
	@$(BIN)/pytest tests/deploy

model: install  ## Fit the text model that ships on the corpus, and measure it pass by pass (a minute)
	@$(BIN)/joldau rules learn corpus tests/data/reading/tuning.jsonl --measured-on pass- --out services/router/model.json

pictures: install  ## Take the pictures of the console that the README shows, of a demo's year (minutes)
	@$(BIN)/pytest -q tests/console/pictures.py

schemas: install  ## Write docs/messages from the contracts
	@$(BIN)/joldau schemas

migrate: install  ## Bring the databases that the environment names up to date
	@$(BIN)/joldau migrate

lock: install  ## Write the hashed lock files from pyproject.toml
	@UV_CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/uv pip compile pyproject.toml --quiet --universal \
		--generate-hashes --no-emit-index-url --all-extras --output-file requirements/dev.lock
	@UV_CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/uv pip compile pyproject.toml --quiet --universal \
		--generate-hashes --no-emit-index-url --output-file requirements/runtime.lock
