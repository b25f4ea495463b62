/** What training steps share: batches, students and their files, optimizers, learning rates, clocks. */
package dev.espalier.worker.training;
