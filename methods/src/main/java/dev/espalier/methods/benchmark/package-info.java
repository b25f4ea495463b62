/** What the commands in benchmarks/ measure of the worker: the steps that runs take, without a coordinator. */
package dev.espalier.methods.benchmark;
