/** Models as GGUF files, which llama.cpp and what is built on it load. */
package dev.espalier.worker.gguf;
