"""The room of access at the desk of officers: registers, licences, reviews, filings."""
