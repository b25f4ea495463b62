/** How a worker gets at the files of a run: in the run folder itself, or over the coordinator's data plane. */
package dev.espalier.worker.transfer;
