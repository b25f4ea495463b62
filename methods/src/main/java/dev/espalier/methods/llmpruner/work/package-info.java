/** LLM-Pruner's metric, and the order in which its units go (docs/methods/llm-pruner.md). */
package dev.espalier.methods.llmpruner.work;
