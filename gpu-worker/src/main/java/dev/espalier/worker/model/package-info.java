/** The decoder on the device: one intact set of weights, and variants that are passed to its passes. */
package dev.espalier.worker.model;
