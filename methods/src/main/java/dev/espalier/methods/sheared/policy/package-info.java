/** Sheared LLaMA on the coordinator. */
package dev.espalier.methods.sheared.policy;
