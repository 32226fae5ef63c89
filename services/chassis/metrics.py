"""What Prometheus can read. Labels are bounded: route templates, queue names, agency codes, never ids."""

from prometheus_client import Counter, Gauge, Histogram

REQUESTS = Counter("joldau_http_requests", "HTTP requests", ["service", "method", "route", "status"])
REQUEST_SECONDS = Histogram("joldau_http_request_seconds", "Duration of HTTP requests", ["service", "method", "route"])
MESSAGES = Counter("joldau_messages", "Messages taken from a queue, by verdict", ["queue", "type", "verdict"])
BATCH_SECONDS = Histogram("joldau_batch_seconds", "Duration of one batch of messages", ["queue"])
BATCH_MESSAGES = Histogram(
    "joldau_batch_messages", "Messages in one batch", ["queue"], buckets=(1, 2, 5, 10, 20, 50, 100, 200)
)
PUBLISHED = Counter("joldau_published", "Messages given to the broker, by outcome", ["service", "outcome"])
OUTBOX_PENDING = Gauge("joldau_outbox_pending", "Messages waiting in the outbox", ["service"])
OUTBOX_OLDEST_SECONDS = Gauge("joldau_outbox_oldest_seconds", "Age of the oldest waiting message", ["service"])
PARKED = Gauge("joldau_parked", "Messages set aside", ["service", "queue"])
BROKER_CONNECTED = Gauge("joldau_broker_connected", "Whether the broker can be published to", ["service"])
