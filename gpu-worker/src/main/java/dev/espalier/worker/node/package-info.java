/** A worker as a process of its own. */
package dev.espalier.worker.node;
