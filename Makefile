# What a newcomer needs: `make run` and `make test`. Everything else is listed by `make help`.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
export CARGO_TERM_COLOR ?= auto

.PHONY: help run web test test-rust test-node test-e2e check fmt generate bench bench-sfu profile-sfu bench-live soak-sfu soak-webhooks fuzz clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

run: web ## build everything and start the development server
	@scripts/say "Building the server (the first time takes some minutes, later seconds)"
	@cargo build --quiet --package rtc-platform
	@exec "$${CARGO_TARGET_DIR:-target}/debug/rtc-platform" dev

web: ## build the TypeScript SDK, the demo and the pages that the server embeds
	@scripts/web

test: web ## run every test: Rust, Node, and calls in real browsers
	@scripts/install-test-tools
	@$(MAKE) --no-print-directory test-rust test-node test-e2e

test-rust: ## the Rust tests (SQLite and PostgreSQL)
	@scripts/say "Rust tests"
	@cargo test --workspace --quiet

test-node: ## the tests of the SDK, the Node packages, their examples and the demo
	@scripts/say "SDK, Node package and demo tests"
	@npm run --silent test:unit

test-e2e: ## calls in real browsers against the real server
	@scripts/say "Calls in Chromium and Firefox"
	@cargo test --workspace --quiet --no-run # builds the server too, and nothing again after test-rust
	@npm run --silent test --workspace e2e

check: ## formatting, lints, types, licences
	@scripts/say "Formatting and lints"
	@cargo fmt --all --check
	@cargo clippy --workspace --all-targets --quiet -- --deny warnings
	@npm run --silent typecheck
	@if command -v cargo-deny >/dev/null; then cargo deny --log-level error check; else echo "cargo-deny is not installed: licences were not checked"; fi

fmt: ## format the Rust code
	@cargo fmt --all

generate: ## write the generated files: TypeScript types, configuration reference, API description
	@RTC_WRITE_GENERATED=1 cargo test --quiet --workspace generated
	@npm run --silent build --workspace packages/rtc-server --workspace packages/rtc-client
	@npm run --silent reference --workspace packages/rtc-server

bench: ## compare with Node servers that do the same (about 10 minutes)
	@load/bench.sh
	@load/embedded.sh

bench-sfu: ## compare with other media servers that are installed (about 40 minutes)
	@load/bench-sfu.sh

profile-sfu: ## count the instructions of a forwarded packet, by function (needs valgrind)
	@load/profile-sfu.sh

bench-live: ## compare webhooks and events of livestreams with Node servers (about 10 minutes)
	@load/bench-live.sh

soak-sfu: ## half an hour of random joins, leaves, publishes and cuts: nothing may be left
	@cargo build --release --package rtc-platform --package rtc-load
	@"$${CARGO_TARGET_DIR:-target}/release/rtc-load" sfu-soak --server "$${CARGO_TARGET_DIR:-target}/release/rtc-platform"

soak-webhooks: ## 10,000 webhooks while the server is killed five times: each is applied once
	@RTC_TEST_WEBHOOKS=10000 cargo test --package rtc-platform --test livestreams -- --nocapture kill

fuzz: ## run each fuzz target for 60 s
	@fuzz/run.sh 60

clean: ## remove what was built
	@rm -rf target node_modules packages/*/dist apps/*/dist
