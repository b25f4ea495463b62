/** What training steps share: batches, students (groups of trainables) and their files, optimizers, learning rates, clocks. */
package dev.espalier.worker.training;
