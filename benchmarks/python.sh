# Sourced by the benchmarks: sets PYTHON to one that has the peers' packages, or ends with what to do.
benchmarks="$(CDPATH="" cd -- "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
PYTHON="${ESPALIER_PYTHON:-$benchmarks/.venv/bin/python}"
if [ ! -x "$(command -v "$PYTHON")" ]; then
    echo "$PYTHON: no such Python. Set ESPALIER_PYTHON to one with torch, transformers and peft, or make the" \
        "environment that benchmarks/README.md describes." >&2
    exit 2
fi
if ! missing="$("$PYTHON" - <<'CHECK'
import importlib.util
print(*(n for n in ("torch", "transformers", "peft", "safetensors") if importlib.util.find_spec(n) is None))
CHECK
)" || [ -n "$missing" ]; then
    echo "$PYTHON lacks ${missing:-a working start}. Install it there (benchmarks/README.md), or set ESPALIER_PYTHON." >&2
    exit 2
fi
