/** The worker as actors: who answers the coordinators, and the one thread that owns the device. */
package dev.espalier.worker.actor;
