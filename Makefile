# Two commands matter: `make demo` shows the product, `make test` checks everything.
.PHONY: help demo test check bench package package-test web setup clean

BROWSER ?= $(shell command -v chromium || command -v chromium-browser || command -v google-chrome)
RUN_ARGS ?=

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: setup web ## Build everything and run the product on a simulated home lab
	cargo run --release --locked -- demo $(RUN_ARGS)

test: setup web ## Run every check: format, lints, licences, Rust, web, browser
	.ci/test.sh

check: ## Format, lints and Rust unit tests only, for the inner loop
	cargo fmt --check
	cargo clippy --workspace --all-targets --locked -- -D warnings
	cargo test --lib --locked

bench: web ## Print where the product stands against its budgets
	.ci/bench.sh

package: setup web ## Build the Debian package and the archive
	packaging/build.sh

package-test: package ## Install, run, upgrade and purge the package in a Debian 12, and boot it
	tests/packaging/deb.sh
	tests/packaging/boot.sh

web: web/dist/index.html ## Build the web UI

web/dist/index.html: web/node_modules/.package-lock.json $(shell find web/src web/index.html web/vite.config.ts web/public web/scripts -type f 2>/dev/null)
	cd web && npm run build
	@touch $@

web/node_modules/.package-lock.json: web/package.json web/package-lock.json
	cd web && npm ci --no-audit --no-fund
	@touch $@

setup: ## Install or name what is missing on this machine
	@.ci/setup.sh

clean: ## Remove everything that was built
	cargo clean
	rm -rf web/dist web/node_modules
