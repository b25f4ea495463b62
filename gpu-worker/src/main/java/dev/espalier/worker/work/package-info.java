/** How a worker does assignments: by legs, at a bench that holds the run's model and text. */
package dev.espalier.worker.work;
