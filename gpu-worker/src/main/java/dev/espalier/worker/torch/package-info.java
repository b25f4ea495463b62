/** libtorch: its thread, its devices, and the TorchScript archive that all tensor maths is called from. */
package dev.espalier.worker.torch;
