/** Sheared LLaMA on a worker. */
package dev.espalier.methods.sheared.work;
