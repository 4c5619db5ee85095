//! Who is asking, on the server side of a server function.
