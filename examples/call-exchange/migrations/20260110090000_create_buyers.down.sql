DROP TABLE buyers;
