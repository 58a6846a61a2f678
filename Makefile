# Every target is one line; what takes more is a script. `make` lists them.
SHELL := /bin/bash
STACK ?= embedded
export STACK

.DEFAULT_GOAL := help
.PHONY: help up test test-days setup lint typecheck unit repository integration e2e bench storm soak conformance lock images e2e-k8s pipeline clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## /{printf "  %-12s %s\n", $$1, $$2}' Makefile

up: ## start everything at http://localhost:3000 (STACK=dapr: on real Kafka and Dapr sidecars)
	@scripts/bootstrap $(if $(filter dapr,$(STACK)),stack,up)

test: ## set up what is missing and prove everything (what CI runs); PART="unit e2e": only these parts
	@scripts/test $(PART)

test-days: ## every part but the stack under a shifted clock: leap day, month ends, clock changes (hours)
	@scripts/test-days $(DAY)

setup: ## the environment for development: packages of both sides, nothing started
	@scripts/bootstrap dev

lint: setup ## style and imports of both sides, and the subjects of the commits
	@scripts/test lint

typecheck: setup ## mypy --strict and tsc
	@scripts/test typecheck

unit: setup ## the quick tests of both sides: no database, no browser
	@scripts/test unit

repository: setup ## the checks of the chart, the workflows, the guides and other clocks
	@scripts/test repository

integration: setup ## on real PostgreSQL, and the runtime contract
	@scripts/test integration

e2e: ## a real browser against a running `make up` (STACK=dapr: the stack)
	@scripts/test e2e

bench: ## the numbers of the product, as JSON in docs/reports (STACK=dapr: the stack's)
	@scripts/bench

storm: ## users work while processes are killed, disks fill up and clocks jump: nothing may be lost or doubled
	@scripts/storm

soak: setup ## good clients work while bad ones do their worst (MINUTES=120)
	@cd backend && .venv/bin/python -m bench.soak --minutes $(or $(MINUTES),120)

conformance: setup ## the MCP conformance suite and the inspector, with the known exceptions in tools/mcp
	@scripts/conformance

lock: ## resolve the Python dependencies again into the three hash-pinned lock files
	@scripts/lock

images: ## the container images
	@scripts/release images

e2e-k8s: ## the chart on the Kubernetes of KUBECONFIG: installed, broken, upgraded, rolled back
	@scripts/release cluster-test

pipeline: ## the whole deploy job here: build, sign, verify, install by digest, smoke, roll back
	@scripts/release pipeline

clean: ## remove what was built; data stays
	@rm -rf frontend/.next frontend/node_modules backend/.venv .cache
