/** What a worker does in the stages that every run may have, whatever the method. */
package dev.espalier.worker.stage;
