/** The worker: a model, what is laid over it, and the work that assignments ask for, on the one thread that owns the device. */
package dev.espalier.worker;
