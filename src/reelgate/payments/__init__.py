"""Services that take money for credits: adapters of `core.payments.Checkout`."""
