"""Who supervises: agencies in their tree, officers and the roles they hold."""
