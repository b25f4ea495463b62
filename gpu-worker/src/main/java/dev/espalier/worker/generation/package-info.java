/** Text that continues a prompt. */
package dev.espalier.worker.generation;
